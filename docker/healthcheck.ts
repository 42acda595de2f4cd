/** For a container's HEALTHCHECK: exit code 0 when the address answers with a 2xx status, 1 otherwise. */
const [address = "http://127.0.0.1:4000/health/ready"] = process.argv.slice(2);
try {
  const response = await fetch(address, { signal: AbortSignal.timeout(2_500) });
  if (!response.ok) console.error(`${response.status}: ${await response.text()}`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
