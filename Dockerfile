# Two images of one file: `--target bot` (with the page) and `--target endpoint` (the reader's, for SageMaker).
# BASE is any image with Python 3.11 to 3.13, named `python3`. What is in an image stands in /opt/venv/sbom.json, in
# CycloneDX's format; what its base brings, the registry's scan tells.
#
# Everything is compiled here, for nothing can be written later: a start, and each file that is read in a process of
# its own, would compile it again.
ARG BASE=docker.io/library/python:3.13-slim

# ----------------------------------------------------------------------------- what both have

FROM ${BASE} AS base
ARG REVISION=unknown
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Wherein" \
      org.opencontainers.image.description="Answers a question with the sentence that answers it, quoted word for word." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2 \
    HOME=/tmp GRADIO_ANALYTICS_ENABLED=False ORT_DISABLE_TELEMETRY=1
WORKDIR /app
RUN python3 -m compileall -q --invalidation-mode unchecked-hash \
        "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" > /dev/null || true

# ----------------------------------------------------------------------------- packages, and our own code

FROM ${BASE} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements/sbom.txt requirements/
RUN python3 -m venv /opt/sbom && /opt/sbom/bin/pip install --no-compile --require-hashes -r requirements/sbom.txt
COPY requirements/aws.txt requirements/openvino.txt requirements/

FROM packages AS bot-packages
RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install --no-compile --require-hashes -r requirements/aws.txt \
    && /opt/venv/bin/pip uninstall --yes pip \
    && /opt/sbom/bin/cyclonedx-py environment --output-reproducible -o /opt/venv/sbom.json /opt/venv/bin/python3 \
    && { python3 -m compileall -q --invalidation-mode unchecked-hash /opt/venv/lib > /dev/null || true; }

FROM packages AS endpoint-packages
RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install --no-compile --require-hashes -r requirements/openvino.txt \
    && /opt/venv/bin/pip uninstall --yes pip \
    && /opt/sbom/bin/cyclonedx-py environment --output-reproducible -o /opt/venv/sbom.json /opt/venv/bin/python3 \
    && { python3 -m compileall -q --invalidation-mode unchecked-hash /opt/venv/lib > /dev/null || true; }

FROM packages AS code
COPY model model
COPY web web
COPY bot bot
RUN python3 -m compileall -q --invalidation-mode unchecked-hash model web bot

# ----------------------------------------------------------------------------- the reader's endpoint

FROM base AS endpoint
COPY --from=endpoint-packages /opt/venv /opt/venv
COPY --from=code /app/model model
COPY LICENSE ./
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/ping', timeout=4)"]
ENTRYPOINT ["python3", "-m", "model.serve"]
CMD ["serve"]

# ----------------------------------------------------------------------------- the bot, with its page

FROM base AS bot
COPY --from=bot-packages /opt/venv /opt/venv
COPY --from=code /app/model model
COPY --from=code /app/web web
COPY --from=code /app/bot bot
COPY manifest.yml LICENSE ./
USER 10001:10001
ENV WHEREIN_HOST=0.0.0.0
# Fargate mounts a volume as root's, closed to others, unless the image says what is there.
VOLUME ["/tmp"]
EXPOSE 8080 7860
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python3", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"WHEREIN_PORT\", 8080)}/healthz', timeout=4)"]
ENTRYPOINT ["python3", "-m", "bot"]
