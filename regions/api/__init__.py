"""What every route of the REST API stands on: signing in, one shape of refusal, paging, fields, the schema."""
