import { loadDevelopmentKey, signDevelopmentToken } from "#policies";
import { readMs } from "../config/quantity.ts";
import { readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";

export interface TokenOptions {
  readonly config?: string;
  readonly as: string;
  readonly expires: string;
}

/** Prints a token for an example principal; only a mesh of the same state folder that says `development: true` trusts it. */
export async function token(options: TokenOptions): Promise<void> {
  const config = await readConfig(options.config);
  const { development, principals } = config.authentication;
  if (!development) {
    throw commandError(
      "DEVELOPMENT_TOKENS_OFF",
      `${config.file} does not say authentication.development: true, so nothing would trust the token; ask your identity provider for one`,
    );
  }
  const key = await loadDevelopmentKey(config.stateFolder);
  const expiresInSeconds = Math.max(1, Math.floor(readMs(options.expires) / 1_000));
  console.log(await signDevelopmentToken({ key, principals, as: options.as, expiresInSeconds }));
}
