"""Shows people what a job does and what came of it: a live view, plain lines, tables, YAML and JSON.

Names and messages come from elsewhere: whatever is shown has passed `text.plain`.
"""
