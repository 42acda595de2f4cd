/** Bundles the console's page into `dist/`, from where `routes.ts` serves it. Everything it needs is in the bundle. */
import { join } from "node:path";
import { defineConfig } from "vite";

export default defineConfig({
  root: join(import.meta.dirname, "app"),
  // The folder of the page's own files; the page itself is served at `/`.
  base: "/console/",
  build: {
    outDir: join(import.meta.dirname, "dist"),
    emptyOutDir: true,
    target: "es2022",
    // Small files too stay files: the page's content security policy allows no inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // CodeMirror and the GraphQL language service are one page's main content; loading them later would save nothing.
    chunkSizeWarningLimit: 1000,
  },
});
