/** The console in a real browser. Needs a Chromium on this machine (or CHROMIUM_PATH); without one it is skipped. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { HttpServer } from "#http";
import { chromiumPath } from "../chromium.ts";
import { startConsoleMesh } from "./console-mesh.ts";

if (chromiumPath === undefined && process.env.DATAMESH_REQUIRE_SERVICES === "1") {
  throw new Error("A Chromium is required (DATAMESH_REQUIRE_SERVICES=1), and there is none: set CHROMIUM_PATH");
}
const missing = chromiumPath === undefined ? " (skipped: no Chromium here; set CHROMIUM_PATH)" : "";

describe.skipIf(chromiumPath === undefined)(`the console in a browser${missing}`, () => {
  let bundleFolder: string;
  let server: HttpServer;
  let browser: Browser;
  let page: Page;
  const foreignRequests: string[] = [];
  const problems: string[] = [];

  beforeAll(async () => {
    bundleFolder = await mkdtemp(join(tmpdir(), "console-bundle-"));
    const configFile = join(import.meta.dirname, "../../gateway/server/console/vite.config.ts");
    await build({ configFile, logLevel: "silent", build: { outDir: bundleFolder, emptyOutDir: true } });
    server = await startConsoleMesh(bundleFolder);
    browser = await chromium.launch({
      executablePath: chromiumPath ?? "",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(bundleFolder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1400, height: 850 } });
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== server.url) foreignRequests.push(request.url());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    await page.goto(server.url);
    await page.getByRole("button", { name: "Orders with their customers" }).waitFor();
  });
  afterEach(async () => {
    await page.close();
    expect(foreignRequests.splice(0)).toEqual([]);
    expect(problems.splice(0)).toEqual([]);
  });

  const run = () => page.getByRole("button", { name: /^Run/ }).click();
  const answer = () => page.getByRole("textbox", { name: "Answer as JSON" });

  test("answers the first example by one click, with its rows and the products behind them", async () => {
    await run();
    await page.getByText("200 OK").waitFor();
    expect(await answer().innerText()).toContain('"totalCount": 67');
    expect(await answer().innerText()).toContain('"name": "Customer 1"');
    expect(await page.locator(".chip").allInnerTexts()).toEqual([
      expect.stringMatching(/^orders\s*1\.4\.0\s*3 min old$/),
      expect.stringMatching(/^customers\s*2\.0\.1\s*2 h old$/),
    ]);
  });

  test("runs by the keyboard from inside the editor, without a line break in it", async () => {
    const editor = page.getByRole("textbox", { name: "GraphQL query" });
    const before = await editor.innerText();
    await editor.click();
    await page.keyboard.press("Control+Enter");
    await page.getByText("200 OK").waitFor();
    expect(await editor.innerText()).toBe(before);
  });

  test("says above the answer what is going away, and leads to its description", async () => {
    await page.getByRole("button", { name: "Something on its way out" }).click();
    await run();
    const notice = page.locator(".notice.warning");
    expect(await notice.innerText()).toContain("Order.total is deprecated since Mar 1, 2026 and stops on Mar 31, 2027");
    await notice.getByRole("button", { name: "Order.amount" }).click();
    await page.getByRole("heading", { name: "amount: Decimal!" }).waitFor();
    expect(await page.locator(".facts").innerText()).toContain("orders · 1.4.0 · owned by team-sales");
  });

  test("says which part failed and where", async () => {
    await page.getByRole("button", { name: "A product that fails" }).click();
    await run();
    expect(await page.getByRole("alert").innerText()).toContain("The product payments did not answer in time.");
  });

  test("finds a field in the schema and says what it holds", async () => {
    await page.getByRole("tab", { name: "Schema" }).click();
    await page.getByRole("searchbox").fill("email");
    await page.getByRole("button", { name: "Customer.email" }).click();
    const text = await page.getByRole("tabpanel").innerText();
    expect(text).toContain("Masked without the purpose.");
    expect(text).toMatch(/Personal data\s+email/);
  });

  test("sends the token and the purpose, and keeps them for the tab only", async () => {
    const claims = Buffer.from(JSON.stringify({ sub: "ada", purposes: ["support"] })).toString("base64url");
    await page.getByRole("button", { name: "Anonymous" }).click();
    await page.getByLabel("Bearer token").fill(`e30.${claims}.x`);
    await page.getByRole("button", { name: "support" }).click();
    await page.getByRole("button", { name: "Use", exact: true }).click();
    await page.getByRole("button", { name: "ada · support" }).waitFor();
    const sent = page.waitForRequest(
      (request) => request.method() === "POST" && !(request.postData() ?? "").includes("Introspection"),
    );
    await run();
    expect(await (await sent).allHeaders()).toMatchObject({
      authorization: `Bearer e30.${claims}.x`,
      "mesh-purpose": "support",
      "apollographql-client-name": "datamesh-console",
    });
    expect(await page.evaluate("JSON.stringify({ ...localStorage })")).not.toContain(claims);
    const other = await browser.newPage();
    await other.goto(server.url);
    await other.getByRole("button", { name: "Anonymous" }).waitFor();
    await other.close();
  });

  test("opens a shared link without running it, and lists what ran", async () => {
    await page.goto(`${server.url}/#query=${encodeURIComponent("{ orders(first: 1) { totalCount } }")}`);
    await page.getByText("totalCount").waitFor();
    expect(await page.getByText("Run the query to see its answer here.").isVisible()).toBe(true);
    await run();
    await page.getByText("200 OK").waitFor();
    await page.getByRole("tab", { name: "History" }).click();
    expect(await page.locator(".card code").allInnerTexts()).toEqual(["{ orders(first: 1) { totalCount } }"]);
  });
});
