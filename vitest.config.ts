import { createRequire } from "node:module";
import { defineConfig } from "vitest/config";

const require = createRequire(import.meta.url);

export default defineConfig({
  // Only needed when Vite's module runner is on (see `experimental` below), kept so that either way works:
  // Vite would resolve `graphql` in our files to index.mjs while every dependency gets index.js.
  resolve: { alias: [{ find: /^graphql$/, replacement: require.resolve("graphql") }] },
  test: {
    include: ["{schema,policies,http,redis,events,platform,gateway,subgraphs,cli,tools,bench,test}/**/*.test.ts"],
    environment: "node",
    globalSetup: ["test/tell-missing-services.ts"],
    setupFiles: ["test/seed-properties.ts"],
    // @apollo/gateway reports to the outside unless this is set before it is constructed.
    env: { APOLLO_TELEMETRY_DISABLED: "true" },
    pool: "threads",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Tests import .ts files the way `node main.ts` does: Node's own loader and type stripping, no Vite transform.
    experimental: { viteModuleRunner: false },
    coverage: {
      provider: "v8",
      include: [
        "schema/**",
        "policies/**",
        "http/**",
        "redis/**",
        "events/**",
        "platform/**",
        "gateway/**",
        "subgraphs/**",
        "cli/**",
      ],
      reporter: ["text", "lcov"],
    },
  },
});
