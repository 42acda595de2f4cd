/** The `datamesh` command in a process of its own, as a user starts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { repository } from "../mesh.ts";

export interface CommandOptions {
  /** Where the user stands; the temporary folder of the system when left out, far from any configuration. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The program instead of this repository's `cli/main.ts`. */
  readonly program?: readonly [file: string, ...args: readonly string[]];
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command extends AsyncDisposable {
  readonly ended: Promise<Ended>;
  /** Everything that it has printed so far on both streams, in the order in which it came. */
  output(): string;
  /** Resolves with the first match in what it prints (from that offset of `output()` on); rejects with all of it when it ends before. */
  prints(pattern: RegExp, from?: number): Promise<RegExpExecArray>;
  /** Where it listens, as it says itself. */
  url(): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

const main = join(repository, "cli/main.ts");

/** Starts a command. It is killed at the latest when it is disposed of. */
export function startCommand(args: readonly string[], options: CommandOptions = {}): Command {
  const [file, ...first] = options.program ?? [process.execPath, main];
  const child: ChildProcess = spawn(file, [...first, ...args], {
    cwd: options.cwd ?? "/",
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      // Neither somebody's servers nor the place where somebody called npm may decide what a test sees.
      DATABASE_URL: "",
      REDIS_URL: "",
      NATS_URL: "",
      INIT_CWD: undefined,
      npm_lifecycle_event: undefined,
      NO_COLOR: "1",
      FORCE_COLOR: undefined,
      ...options.env,
    },
  });
  const printed = { stdout: "", stderr: "", both: "" };
  const listeners = new Set<() => void>();
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.setEncoding("utf8").on("data", (text: string) => {
      printed[stream] += text;
      printed.both += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout: printed.stdout, stderr: printed.stderr }));
  });
  const output = (): string => printed.both;

  const prints = (pattern: RegExp, from = 0): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(output().slice(from));
        if (match === null) return;
        listeners.delete(look);
        resolve(match);
      };
      listeners.add(look);
      look();
      ended.then(({ code, signal }) => {
        reject(new Error(`${args.join(" ")} ended (${code ?? signal}) before it printed ${pattern}:\n${output()}`));
      }, reject);
    });

  return {
    ended,
    output,
    prints,
    url: async () => (await prints(/(http:\/\/[^\s/]+:\d+)\/graphql/))[1] ?? "",
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs a command to its end. */
export async function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  await using command = startCommand(args, options);
  return await command.ended;
}
