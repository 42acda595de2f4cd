# One image for every role: the gateway, a product as a subgraph, and the command line.
FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY tools tools
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build:console

FROM node:26-slim
ENV NODE_ENV=production APOLLO_TELEMETRY_DISABLED=true
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY tools tools
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY --from=build /app/schema schema
COPY --from=build /app/policies policies
COPY --from=build /app/http http
COPY --from=build /app/platform platform
COPY --from=build /app/gateway gateway
COPY --from=build /app/cli cli
COPY --from=build /app/subgraphs subgraphs
COPY --from=build /app/datamesh.yaml /app/LICENSE /app/NOTICE ./
RUN mkdir -p /app/.datamesh && chown -R node:node /app/.datamesh
USER node
VOLUME /app/.datamesh
EXPOSE 4000
# Node runs the TypeScript files as they are; it is process 1 and gets SIGTERM itself, so that requests finish.
ENTRYPOINT ["node", "cli/main.ts"]
CMD ["start", "--host", "0.0.0.0"]
