/**
 * Where the user stands. `npm run datamesh` moves to the package's root and leaves the real place in INIT_CWD;
 * paths on the command line are relative to that place.
 */
export function workingDirectory(): string {
  return process.env.npm_lifecycle_event !== undefined && process.env.INIT_CWD !== undefined
    ? process.env.INIT_CWD
    : process.cwd();
}
