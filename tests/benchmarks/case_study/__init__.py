"""The field's case study: tactics added one at a time, and schedules compared, at equal budgets."""
