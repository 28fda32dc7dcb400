"""What a trial's reporting and measuring cost beside bare `model.fit`."""
