import { listKeys, rotateKeys } from "#policies";
import { type MeshConfig, readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";

export interface KeysOptions {
  readonly config?: string;
}

/** Adds a key to the ring, which is made when there is none; running processes take it over by themselves. */
export async function rotate(options: KeysOptions): Promise<void> {
  const file = fileOf(await readConfig(options.config));
  const { id } = await rotateKeys(file, new Date());
  const former = listKeys(file).length - 1;
  const kept = former === 0 ? "the first one" : `${former} former ${former === 1 ? "key keeps" : "keys keep"} opening`;
  console.log(`${id} is the newest key of ${file}; ${kept}`);
}

/** Prints ids and ages, never a key. */
export async function list(options: KeysOptions): Promise<void> {
  const file = fileOf(await readConfig(options.config));
  const keys = listKeys(file);
  if (keys.length === 0)
    console.log(`${file} holds no key: masks that need one redact; \`datamesh keys rotate\` makes one`);
  keys.forEach(({ id, createdAt }, index) => {
    console.log(`${id}  ${createdAt.toISOString()}  ${index === keys.length - 1 ? "newest" : "opens what it sealed"}`);
  });
}

function fileOf({ file, governance }: MeshConfig): string {
  const { environment } = governance.keys;
  if (environment === undefined) return governance.keys.file;
  throw commandError(
    "KEYS_ELSEWHERE",
    `${file} takes the key ring from the environment variable ${environment}: rotate it where that is kept`,
  );
}
