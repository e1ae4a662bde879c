# Tasklore in a container: for compose.yaml, or by itself on SQLite with a volume at /app/var (docs/scaling.md).
FROM python:3.11-slim-trixie AS packages
COPY requirements.txt /tmp/
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt

FROM python:3.11-slim-trixie
# For manage.py backup and restore: not older than the server in compose.yaml.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin tasklore
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
RUN mkdir -p var /backups && chown tasklore var /backups && /venv/bin/python -m compileall -q accounts tasks memory chat config
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DEBUG=0 \
    HOST=0.0.0.0 \
    PORT=8000
USER 10001
EXPOSE 8000
VOLUME /app/var
# The process alone: a database that is away for a while is no reason to end it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["python", "manage.py", "serve"]
