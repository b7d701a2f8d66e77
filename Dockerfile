# The mock server in a container; see docs/serving.md. Not built in CI.
FROM python:3.12-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim
COPY --from=build /wheels /wheels
# With the driver for a state on PostgreSQL.
RUN pip install --no-cache-dir "$(echo /wheels/*.whl)[postgresql]" \
    && rm -r /wheels \
    && useradd --system --create-home bodydouble \
    && install --directory --owner bodydouble /data
USER bodydouble
VOLUME /data
ENV BODYDOUBLE_HOST=0.0.0.0 BODYDOUBLE_PORT=8080 BODYDOUBLE_STATE=/data/state.db
EXPOSE 8080
# The certificate of BODYDOUBLE_TLS_CERT need not name 127.0.0.1.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "import os, ssl, urllib.request as client; scheme = 'https' if os.environ.get('BODYDOUBLE_TLS_CERT') else 'http'; context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE; client.urlopen(f\"{scheme}://127.0.0.1:{os.environ['BODYDOUBLE_PORT']}/_mock/health/ready\", timeout=4, context=context)"]
ENTRYPOINT ["bodydouble"]
CMD ["serve"]
