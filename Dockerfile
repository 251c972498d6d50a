# The scan service for a team (docs/server.md), from the tarball of `npm pack`:
#   npm pack && docker build -t codeagent .
FROM node:22-bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends git openssh-client ca-certificates tini \
    && rm -rf /var/lib/apt/lists/*
COPY codeagent-scanner-*.tgz /tmp/codeagent.tgz
RUN npm install --global --no-fund --no-audit --no-update-notifier /tmp/codeagent.tgz \
    && npm cache clean --force \
    && rm /tmp/codeagent.tgz \
    && install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 8844
# The service answers /health without a token.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8844/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# tini is process 1: it ends what a stopped scan leaves, and passes SIGTERM on. The token comes from CODEAGENT_TOKEN.
ENTRYPOINT ["tini", "--", "codeagent"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8844", "--storage", "/data"]
