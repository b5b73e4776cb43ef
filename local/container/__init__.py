"""A stand-in for SageMaker's built-in XGBoost container, version 3.2-0: plain processes over an `/opt/ml` folder."""
