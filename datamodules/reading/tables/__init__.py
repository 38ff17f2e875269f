"""Tables: classes and splits by tables, patterns and columns of saved sets, in place of folders."""
