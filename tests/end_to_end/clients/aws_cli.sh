# From a CSV to a serverless endpoint and back to nothing, with the AWS CLI alone. Needs CSV, BUCKET and ROLE.
set -eu
image=492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.2-1
name=abalone-cli

aws s3 mb "s3://$BUCKET"
aws s3 cp --no-progress "$CSV" "s3://$BUCKET/train/train.csv"

cat >job.json <<JSON
{
  "TrainingJobName": "$name",
  "RoleArn": "$ROLE",
  "AlgorithmSpecification": {"TrainingImage": "$image", "TrainingInputMode": "File"},
  "HyperParameters": {
    "objective": "reg:squarederror", "num_round": "50", "max_depth": "5", "eta": "0.2",
    "gamma": "4", "min_child_weight": "6", "subsample": "0.7"
  },
  "InputDataConfig": [{
    "ChannelName": "train",
    "ContentType": "text/csv",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://$BUCKET/train/train.csv"}}
  }],
  "OutputDataConfig": {"S3OutputPath": "s3://$BUCKET/output"},
  "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
  "StoppingCondition": {"MaxRuntimeInSeconds": 600}
}
JSON
aws sagemaker create-training-job --cli-input-json file://job.json
aws sagemaker wait training-job-completed-or-stopped --training-job-name "$name"
aws sagemaker describe-training-job --training-job-name "$name" --output text \
  --query '[TrainingJobStatus, FinalMetricDataList[0].MetricName]'
aws logs filter-log-events --log-group-name /aws/sagemaker/TrainingJobs --log-stream-name-prefix "$name/" \
  --output text --query 'events[].[message]'

aws sagemaker create-model --model-name "$name" --execution-role-arn "$ROLE" \
  --primary-container "Image=$image,ModelDataUrl=s3://$BUCKET/output/$name/output/model.tar.gz"
aws sagemaker create-endpoint-config --endpoint-config-name "$name" --production-variants \
  "VariantName=AllTraffic,ModelName=$name,ServerlessConfig={MemorySizeInMB=2048,MaxConcurrency=2}"
aws sagemaker create-endpoint --endpoint-name "$name" --endpoint-config-name "$name"
aws sagemaker wait endpoint-in-service --endpoint-name "$name"

head -n 2 "$CSV" | cut -d, -f2- >rows.csv
for call in cold warm; do
  aws sagemaker-runtime invoke-endpoint --endpoint-name "$name" --content-type text/csv --accept text/csv \
    --body fileb://rows.csv "$call.csv"
done

now=$(date +%s)
aws cloudwatch get-metric-data --start-time $((now - 600)) --end-time $((now + 60)) --output text \
  --query 'MetricDataResults[].[Id, sum(Values)]' --metric-data-queries '[{"Id": "calls", "MetricStat": {
    "Metric": {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": [
      {"Name": "EndpointName", "Value": "'$name'"}, {"Name": "VariantName", "Value": "AllTraffic"}]},
    "Period": 60, "Stat": "Sum"}}]'

aws sagemaker delete-endpoint --endpoint-name "$name"
aws sagemaker wait endpoint-deleted --endpoint-name "$name"
aws sagemaker delete-endpoint-config --endpoint-config-name "$name"
aws sagemaker delete-model --model-name "$name"
