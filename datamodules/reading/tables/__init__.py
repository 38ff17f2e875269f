"""Tables: classes and splits from tables, patterns and columns of saved sets, not folders."""
