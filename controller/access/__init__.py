"""Who may do what: roles, principals, what each route requires, and the gate that nothing passes undeclared."""
