/**
 * The commands and their options; each loads its code only when it runs, so that `--help` answers at once.
 * Errors that are meant for people are printed as one line; anything else with its stack, as a fault of ours.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { readMs } from "./config/quantity.ts";
import { maxWorkers, readWorkerCount } from "./config/worker-count.ts";
import { printFailure } from "./terminal/print-failure.ts";

/** Runs one command line (without `node` and the script) and gives its exit code; long-running ones resolve at shutdown. */
export async function runProgram(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    printFailure(error);
    return 1;
  }
}

/** The whole command tree, for running and for the reference in the documentation. */
export function createProgram(): Command {
  const program = new Command("datamesh")
    .description("Data products of many domains as one governed GraphQL graph.")
    .version(version(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .showHelpAfterError("(add --help for the options)")
    .exitOverride();

  program
    .command("start")
    .description("run the mesh: all its products and the gateway")
    .addOption(configOption())
    .addOption(portOption("port of the gateway (default: the configuration's, 4000)"))
    .option("--host <address>", "address to listen on (default: the configuration's, 127.0.0.1)")
    .addOption(workersOption("processes that answer (default: the configuration's, 1: the one that runs the products)"))
    .option("--trusted-documents <file>", trustedDocumentsText)
    .option("--trusted-only", trustedOnlyText)
    .action(async (options) => (await import("./commands/start.ts")).start(options));

  program
    .command("dev")
    .description("run the mesh and reload it whenever a manifest, SQL, schema, resolver or policy changes")
    .addOption(configOption())
    .addOption(portOption("port of the gateway (default: the configuration's, 4000)"))
    .option("--host <address>", "address to listen on (default: the configuration's, 127.0.0.1)")
    .action(async (options) => (await import("./commands/dev.ts")).dev(options));

  program
    .command("check")
    .description("read every manifest and policy and compose the graph, without ingesting or serving anything")
    .addOption(configOption())
    .option("--strict", "fail on warnings too", false)
    .action(async (options) => (await import("./commands/check.ts")).check(options));

  program
    .command("compose")
    .description("compose the products' subgraphs and write the supergraph")
    .addOption(configOption())
    .option("-o, --out <file>", "write to this file instead of standard output")
    .action(async (options) => (await import("./commands/compose.ts")).compose(options));

  program
    .command("plan")
    .description("print how a query would be run: what is fetched from which product, in which order")
    .argument("<query>", "GraphQL text")
    .option("--operation <name>", "which operation, when the text has several")
    .option("--svg [file]", "draw it as a picture instead, to this file or to standard output")
    .addOption(configOption())
    .action(async (query, options) => (await import("./commands/plan.ts")).plan(query, options));

  program
    .command("sdl")
    .description("print the subgraph schema of one product")
    .argument("<product>", "name of the product")
    .addOption(configOption())
    .action(async (product, options) => (await import("./commands/sdl.ts")).sdl(product, options));

  program
    .command("serve")
    .description("run one product as a federation subgraph over HTTP")
    .argument("<product>", "name of the product")
    .addOption(configOption())
    .addOption(portOption("port of the subgraph (default: 4001)"))
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .action(async (product, options) => (await import("./commands/serve.ts")).serve(product, options));

  program
    .command("gateway")
    .description(
      "run the gateway alone over any federation supergraph; without --config nothing is authenticated or masked",
    )
    .requiredOption("--supergraph <file>", "supergraph SDL, with the subgraphs' URLs in it")
    .addOption(portOption("port of the gateway (default: 4000)"))
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .addOption(workersOption("processes that answer (default: the configuration's, 1)"))
    .addOption(
      new Option(
        "--deduplicate <what>",
        "which identical queries under way at the same time are done once (default: the configuration's, all)",
      ).choices(["none", "fetches", "requests", "all"]),
    )
    .option("--config <file>", "datamesh.yaml with policies, authentication and limits")
    .option("--trusted-documents <file>", trustedDocumentsText)
    .option("--trusted-only", trustedOnlyText)
    .action(async (options) => (await import("./commands/gateway.ts")).gateway(options));

  program
    .command("token")
    .description("print a development token for one of the configuration's example principals")
    .requiredOption("--as <principal>", "name of the principal (authentication.principals in the configuration)")
    .addOption(durationOption("--expires <duration>", "how long it is valid").default("8h"))
    .addOption(configOption())
    .action(async (options) => (await import("./commands/token.ts")).token(options));

  program
    .command("api-key")
    .description("keys by which machines are known")
    .command("create")
    .description("print a new key, once, and what the configuration keeps of it")
    .requiredOption("--name <name>", "whose it is")
    .option("--expires <date>", "from when on it is refused, such as 2027-01-31")
    .option("--role <role...>", "roles that policies can name")
    .option("--purpose <purpose...>", "purposes that it may declare")
    .action(async (options) => (await import("./commands/api-key.ts")).createKey(options));

  const policy = program.command("policy").description("what the policies decide, for whom and why");
  policy
    .command("explain")
    .description(
      "tell for each field of a query what a principal gets, which policies were considered and which decides",
    )
    .argument("<query>", "GraphQL text, or one coordinate such as Customer.email")
    .option("--as <principal>", "principal of the configuration (authentication.principals)", "anonymous")
    .option("--purpose <purpose>", "the purpose that it declares")
    .option("--operation <name>", "which operation, when the text has several")
    .option("--json", "print the explanation as JSON", false)
    .addOption(configOption())
    .action(async (query, options) => (await import("./commands/policy-explain.ts")).explainPolicies(query, options));

  policy
    .command("lint")
    .description("say what is wrong with the policies and waivers: each by itself, together, and with the graph")
    .option("--strict", "fail on warnings too", false)
    .addOption(configOption())
    .action(async (options) => (await import("./commands/policy-lint.ts")).lintPolicyDocuments(options));

  policy
    .command("test")
    .description("run declared expectations: who gets what, and by which policy")
    .argument("[files...]", "policy tests (default: those of the configuration)")
    .option("--json", "print the results as JSON", false)
    .addOption(configOption())
    .action(async (files, options) => (await import("./commands/policy-test.ts")).testPolicies(files, options));

  policy
    .command("report")
    .description("list who can see which personal data unmasked, by all policies together")
    .option("--html <file>", "draw it as a page: fields down, callers across")
    .option("--json", "print the report as JSON", false)
    .addOption(configOption())
    .action(async (options) => (await import("./commands/policy-report.ts")).reportPolicies(options));

  policy
    .command("shadow")
    .description("tell what enforcing the policies in shadow mode would have changed, by a running gateway's traffic")
    .option("--url <url>", "where the gateway listens", "http://127.0.0.1:4000")
    .option("--json", "print the counts as JSON", false)
    .action(async (options) => (await import("./commands/policy-shadow.ts")).reportShadow(options));

  const cache = program.command("cache").description("what gateways keep of products' answers");
  cache
    .command("stats")
    .description(
      "tell what the running gateway keeps of each product, how often that was of use, and why something is not kept",
    )
    .option("--json", "print the numbers as JSON", false)
    .addOption(configOption())
    .action(async (options) => (await import("./commands/cache.ts")).showCacheStats(options));
  cache
    .command("explain")
    .description(
      "tell of each part of a query whether the running gateway keeps it, for how long and for whom, and what ends it",
    )
    .argument("<query>", "GraphQL text, a file with it, or - for standard input")
    .option("--operation <name>", "which operation, when the text has several")
    .option("--variables <json>", "its variables; conditions such as @skip depend on them")
    .option("--json", "print the explanation as JSON", false)
    .addOption(configOption())
    .addHelpText(
      "after",
      examples(
        "cache explain '{ customers(first: 5) { nodes { segment } } }'",
        'cache explain query.graphql --variables \'{"id":"1"}\'',
      ),
    )
    .action(async (query, options) => (await import("./commands/cache.ts")).explainCache(query, options));
  cache
    .command("purge")
    .description("end what is kept, in all gateways that tell each other; fails when not all have heard of it")
    .option("--all", "everything", false)
    .option("--product <name>", "everything of a product, or only that product's part of what the other options say")
    .option("--type <name>", "whatever holds objects of a type")
    .option("--entity <type>", "one entity, and what is made from several rows")
    .option("--key <json>", "the entity's key")
    .option("--tag <tag>", "what the schema tags so (@cacheTag)")
    .addOption(configOption())
    .addHelpText(
      "after",
      examples(
        "cache purge --product orders",
        'cache purge --entity Customer --key \'{"customerId":"CG-12520"}\'',
        "cache purge --all",
      ),
    )
    .action(async (options) => (await import("./commands/cache.ts")).purgeCache(options));

  const deadLetters = program
    .command("dead-letters")
    .description("events that a group of consumers did not manage, on a bus that is a server");
  const groupOption = (): Option =>
    new Option("--group <name>", "the group; by default gateways that share a Redis").default("gateway-cache");
  deadLetters
    .command("list")
    .description("print them, oldest first")
    .addOption(groupOption())
    .option("--limit <count>", "how many at most", readCount, 100)
    .option("--json", "print them with their events, as JSON", false)
    .addOption(configOption())
    .action(async (options) => (await import("./commands/dead-letters.ts")).listDeadLetters(options));
  deadLetters
    .command("replay")
    .description("hand them to their group again, as the newest of their keys")
    .argument("[ids...]", "as list prints them")
    .addOption(groupOption())
    .option("--all", "all that are there", false)
    .addOption(configOption())
    .addHelpText("after", examples("dead-letters list", "dead-letters replay --all"))
    .action(async (ids, options) => (await import("./commands/dead-letters.ts")).replayDeadLetters(ids, options));
  deadLetters
    .command("discard")
    .description("forget them")
    .argument("[ids...]", "as list prints them")
    .addOption(groupOption())
    .option("--all", "all that are there", false)
    .addOption(configOption())
    .action(async (ids, options) => (await import("./commands/dead-letters.ts")).discardDeadLetters(ids, options));

  const audit = program.command("audit").description("the record of who read which personal data, and why");
  audit
    .command("verify")
    .description("say whether audit records are what was written, or which is the first that is not")
    .argument("[place]", "folder, file or postgres:// address of the records (default: the configuration's)")
    .option("--keys <files...>", "public keys of their signatures (default: audit.jwks.json in the state folder)")
    .option("--checkpoint <chain:number:hash...>", "how far chains are known to have been, as verify printed it before")
    .option("--allow-earlier-missing", "accept chains whose first files were moved elsewhere", false)
    .option("--schema <name>", "schema of the tables in PostgreSQL (default: datamesh_audit)")
    .option("--json", "print the result as JSON", false)
    .addOption(configOption())
    .action(async (place, options) => (await import("./commands/audit.ts")).verifyAuditRecords(place, options));
  audit
    .command("show")
    .description("print audit records, one a line")
    .argument("[place]", "folder, file or postgres:// address of the records (default: the configuration's)")
    .option("--principal <id>", "only of this caller")
    .option("--purpose <purpose>", "only for this purpose")
    .option("--product <name>", "only with coordinates of this product")
    .option("--coordinate <pattern>", "only with this coordinate; * is any characters: Customer.*")
    .option("--policy <name>", "only with a coordinate that this policy decided")
    .addOption(
      new Option("--decision <decision>", "only with such a decision").choices(["allow", "mask", "null", "deny"]),
    )
    .addOption(new Option("--outcome <outcome>", "only those that ended so").choices(["answered", "refused", "failed"]))
    .option("--since <time>", "only from this time on: 2026-01-31, or with the time of day in UTC")
    .option("--until <time>", "only before this time")
    .option("--schema <name>", "schema of the tables in PostgreSQL (default: datamesh_audit)")
    .option("--json", "print them as they are kept", false)
    .addOption(configOption())
    .action(async (place, options) => (await import("./commands/audit.ts")).showAuditRecords(place, options));

  program
    .command("erase")
    .description("erase a person from all products of this mesh, for good, and print the receipt")
    .requiredOption("--subject <key>", "the person's key, as it stands in the column that is the products' subjectKey")
    .option("--of <product>", "the product whose key it is, when persons have keys of several")
    .option("--reason <text>", "why, for the receipt; no personal data")
    .option("--dry-run", "count the rows and change nothing", false)
    .addOption(configOption())
    .action(async (options) => (await import("./commands/erase.ts")).erase(options));

  program
    .command("retain")
    .description("delete or anonymise rows that are older than the retention of their product")
    .argument("[product]", "only of this product")
    .option("--dry-run", "count the rows and change nothing", false)
    .addOption(configOption())
    .action(async (product, options) => (await import("./commands/retain.ts")).retain(product, options));

  program
    .command("reveal")
    .description("print what a token or an encrypted value stands for, to whom the policies show the field; audited")
    .argument("<value>", "a token or an encrypted value, as it stood in an answer")
    .requiredOption("--as <principal>", "principal of the configuration (authentication.principals)")
    .option("--purpose <purpose>", "the purpose that it declares")
    .option("--field <coordinate>", "for an encrypted value: the field that gave it out, such as Customer.email")
    .option("--made-for <purpose>", "for an encrypted value: the purpose of the caller who got it", "")
    .addOption(configOption())
    .action(async (value, options) => (await import("./commands/reveal.ts")).reveal(value, options));

  const keys = program.command("keys").description("the key ring of masks, sealed columns and erasures");
  keys
    .command("rotate")
    .description("add a key, which new values use from now on; former keys keep opening what they sealed")
    .addOption(configOption())
    .action(async (options) => (await import("./commands/keys.ts")).rotate(options));
  keys
    .command("list")
    .description("print the ids and ages of the keys, never a key")
    .addOption(configOption())
    .action(async (options) => (await import("./commands/keys.ts")).list(options));

  return program;
}

const trustedDocumentsText = "manifest of queries that clients may ask for by their ids (default: the configuration's)";
const trustedOnlyText = "refuse every query that is none of the trusted documents";

/** For the end of a help text. */
function examples(...commands: readonly string[]): string {
  return `\nExamples:\n${commands.map((command) => `  datamesh ${command}`).join("\n")}\n`;
}

function configOption(): Option {
  return new Option(
    "-c, --config <file>",
    "configuration (default: the nearest datamesh.yaml upwards, else the example mesh)",
  );
}

function portOption(description: string): Option {
  return new Option("-p, --port <number>", description).argParser((text) => {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new InvalidArgumentError("A port is a whole number from 0 (any free one) to 65535.");
    }
    return port;
  });
}

function workersOption(description: string): Option {
  return new Option("--workers <number>", `${description}; auto is one per core`).argParser((text) => {
    const count = readWorkerCount(text);
    if (count === undefined) {
      throw new InvalidArgumentError(`The number of workers is auto or a whole number from 1 to ${maxWorkers}.`);
    }
    return count;
  });
}

function durationOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    try {
      readMs(text);
    } catch {
      throw new InvalidArgumentError("A duration is a whole number and a unit: 500ms, 30s, 5m, 8h, 1d.");
    }
    return text;
  });
}

function version(): string {
  // One level up in a clone, two in the installed package, whose code lies in dist/.
  for (const up of ["..", "../.."]) {
    try {
      const content: unknown = JSON.parse(readFileSync(join(import.meta.dirname, up, "package.json"), "utf8"));
      if (typeof content === "object" && content !== null && "version" in content) return String(content.version);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  return "unknown";
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError("A count is a whole number from 1.");
  return count;
}
