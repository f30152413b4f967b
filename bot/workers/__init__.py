"""Workers: they see to it that what is due is carried out, now, by one of the replicas.

Rule 1: a worker decides nothing. What is due, tried again or given up stands in the store's own tables.
Rule 2: a job that is lost, doubled or late is harmless: the tick hands over again what is still due.
"""
