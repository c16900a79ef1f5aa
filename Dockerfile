# LineZero in a container: slim, not root, one volume with the workspace.
#   docker build -t linezero .
#   sudo chown -R 10001 mydesk
#   docker run -v ./mydesk:/desk linezero      (the token is in mydesk/.env)
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/linezero
ENV PATH=/opt/linezero/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/uv.txt requirements/run.txt requirements/
RUN pip install --quiet --require-hashes -r requirements/uv.txt \
    && uv pip install --quiet --python /opt/linezero/bin/python --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY channels channels
COPY faq faq
COPY escalation escalation
COPY config config
RUN pip install --quiet --no-deps --no-index --no-build-isolation . && pip uninstall --quiet --yes uv

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /desk linezero && install -d -o linezero /desk
COPY --from=build /opt/linezero /opt/linezero
ENV PATH=/opt/linezero/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /desk
VOLUME /desk
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["linezero", "health", "/desk"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["linezero"]
CMD ["run", "/desk"]
