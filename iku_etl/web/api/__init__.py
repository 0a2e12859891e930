"""What the operations of the API have in common: what is asked, how it is answered, what each answer looks like."""
