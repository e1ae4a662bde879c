"""What Tasklore's API is measured against: the same reads and writes on FastAPI and SQLModel, well made.

It runs in an environment of its own (`benchmarks/requirements.txt`) and is no part of the product.
"""
