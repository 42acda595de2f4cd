/** Whom the bench compares: each a whole gateway in one process, started as its users start it, set for production. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const contestantNames = ["datamesh", "apollo", "apollo-server", "hive", "hive-js"] as const;
export type ContestantName = (typeof contestantNames)[number];

export type Deduplication = "none" | "all";

interface Start {
  readonly supergraph: string;
  readonly port: number;
  readonly deduplicate: Deduplication;
}

export interface Contestant {
  readonly name: ContestantName;
  readonly title: string;
  /** Arguments for Node, this repository's root being the working directory. */
  args(start: Start): readonly string[];
  readonly env?: (start: Start) => Readonly<Record<string, string>>;
  /** How it is told that its supergraph's file has changed; `undefined`: it serves one graph for its life. */
  readonly reload: "SIGHUP" | "watches" | undefined;
  /** Whether it can share identical requests in flight. */
  readonly deduplicates: boolean;
  /** Another form of one of the others, which is told apart by its CPU and memory alone. */
  readonly isVariant: boolean;
  /** Packages whose versions the report tells. */
  readonly packages: readonly string[];
}

export const repositoryRoot = fileURLToPath(new URL("../../", import.meta.url));
const hosts = "bench/peers/hosts";

const hive = {
  env: ({ deduplicate }: Start) => ({ BENCH_DEDUPLICATE: deduplicate }),
  reload: "watches",
  deduplicates: true,
} as const;

function hiveArgs({ supergraph, port }: Start, ...further: readonly string[]): readonly string[] {
  return [
    "bench/peers/node_modules/@graphql-hive/gateway/dist/bin.js",
    "supergraph",
    supergraph,
    ...["--port", `${port}`],
    ...["--host", "127.0.0.1"],
    ...["--config-path", `${hosts}/hive.config.js`],
    "--disable-websockets",
    ...further,
  ];
}

export const contestants: Readonly<Record<ContestantName, Contestant>> = {
  datamesh: {
    name: "datamesh",
    title: "datamesh",
    args: ({ supergraph, port, deduplicate }) => [
      ...["dist/cli/main.js", "gateway"],
      ...["--supergraph", supergraph],
      ...["--port", `${port}`],
      ...["--deduplicate", deduplicate],
    ],
    reload: "SIGHUP",
    deduplicates: true,
    isVariant: false,
    packages: [],
  },
  apollo: {
    name: "apollo",
    title: "@apollo/gateway",
    args: ({ supergraph, port }) => [`${hosts}/apollo-gateway.ts`, supergraph, `${port}`],
    reload: undefined,
    deduplicates: false,
    isVariant: false,
    packages: ["@apollo/gateway", "@apollo/query-planner"],
  },
  "apollo-server": {
    name: "apollo-server",
    title: "@apollo/gateway in Apollo Server",
    args: ({ supergraph, port }) => [`${hosts}/apollo-server.js`, supergraph, `${port}`],
    reload: undefined,
    deduplicates: false,
    isVariant: true,
    packages: ["@apollo/server"],
  },
  hive: {
    name: "hive",
    title: "Hive Gateway, Rust planner",
    args: (start) => hiveArgs(start, "--hive-router-runtime"),
    ...hive,
    isVariant: false,
    packages: ["@graphql-hive/gateway", "@graphql-hive/router-runtime", "@graphql-hive/router-query-planner"],
  },
  "hive-js": {
    name: "hive-js",
    title: "Hive Gateway, its own planner",
    args: (start) => hiveArgs(start),
    ...hive,
    isVariant: true,
    packages: ["@graphql-hive/gateway"],
  },
};

/** The versions that are installed, by package. */
export function installedVersions(names: readonly ContestantName[]): Readonly<Record<string, string>> {
  return versionsOf(new Set(names.flatMap((name) => contestants[name].packages)));
}

/** Of packages that are installed in this folder. */
export function versionsOf(packages: Iterable<string>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...packages].map((name) => {
      const file = new URL(`node_modules/${name}/package.json`, import.meta.url);
      const { version }: { readonly version: string } = JSON.parse(readFileSync(file, "utf8"));
      return [name, version];
    }),
  );
}
