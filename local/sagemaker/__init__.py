"""The local SageMaker: training jobs, models, endpoint configs, endpoints and their invocation."""
