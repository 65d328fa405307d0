"""The page of a run: what is seen of each problem as plain data of the record, and that data drawn; one file a kind."""
