# One image for every role: the gateway, a product as a subgraph, and the command line.
#
#   docker build -t datamesh .
#   docker run --init -p 127.0.0.1:4000:4000 -v datamesh-state:/app/.datamesh datamesh

FROM node:26-slim AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The lock file names the package in tools/node; without its folder npm refuses to install.
COPY tools/node tools/node
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY gateway/server/console gateway/server/console
RUN npm run build:console

FROM node:26-slim
ENV NODE_ENV=production APOLLO_TELEMETRY_DISABLED=true
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY tools/node tools/node
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY schema schema
COPY policies policies
COPY http http
COPY redis redis
COPY events events
COPY platform platform
COPY gateway gateway
COPY --from=console /app/gateway/server/console/dist gateway/server/console/dist
COPY cli cli
COPY subgraphs subgraphs
COPY docker docker
COPY datamesh.yaml LICENSE NOTICE ./
# A named volume takes over the owner of the folder that it is mounted on.
RUN mkdir .datamesh && chown node:node .datamesh
USER node
VOLUME /app/.datamesh
EXPOSE 4000
# A product's container names its own address instead (docker-compose.yml).
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "docker/healthcheck.ts", "http://127.0.0.1:4000/health/ready"]
# Node runs the TypeScript files as they are. It gets SIGTERM itself and finishes the requests in flight.
ENTRYPOINT ["node", "cli/main.ts"]
CMD ["start", "--host", "0.0.0.0"]
