"""What the notices do: announce (outbox), tell (inbox), remind (sweep), send letters, mark as read, beat."""
