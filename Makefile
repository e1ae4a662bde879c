.PHONY: help run test check format

help:
	@echo "make run     start Tasklore here (HOST and PORT, or any setting, from the environment or .env)"
	@echo "make test    every check and test, on SQLite and PostgreSQL"
	@echo "make check   the checks alone"
	@echo "make format  rewrite code and templates in the project's style"

run:
	@sh scripts/bootstrap requirements.txt
	@exec .venv/bin/python manage.py serve

test:
	@sh scripts/bootstrap requirements-dev.txt
	@exec .venv/bin/python scripts/run_tests.py

check:
	@sh scripts/bootstrap requirements-dev.txt
	@exec .venv/bin/python scripts/run_tests.py --checks-only

format:
	@sh scripts/bootstrap requirements-dev.txt
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .
	@git ls-files -z '*.html' | xargs -0 .venv/bin/djade
