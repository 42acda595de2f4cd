/** What knows which value a token stands for. Adapter: `vault/file-vault.ts`. */
export interface TokenVault {
  /**
   * Remembers the token's value, behind the answer. Never throws and never waits: a token that could not be written is told
   * to the operator and cannot be turned back. Hot: once per distinct value.
   */
  keep(token: string, value: string, coordinate: string): void;
}
