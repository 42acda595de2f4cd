import semver from "semver";

/** What a version may look like: `2`, `2.0`, `2.0.1`, `2.0.1-rc.1`. */
export const VERSION_PATTERN: RegExp = /^\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** Semantic version with all three parts (`2` → `2.0.0`, as semver.org section 2 asks), or undefined when it is none. */
export function parseVersion(written: string | number): string | undefined {
  const text = String(written).trim();
  const parts = /^(\d+)(\.\d+)?(\.\d+)?(.*)$/s.exec(text);
  if (parts === null || !VERSION_PATTERN.test(text)) return undefined;
  return semver.valid(`${parts[1]}${parts[2] ?? ".0"}${parts[3] ?? ".0"}${parts[4] ?? ""}`) ?? undefined;
}

/** The first part of a version that `parseVersion` gave. */
export function majorOf(version: string): number {
  return semver.major(version);
}

/** Whether the text is a range such as `^2`, `>=1.2 <3`, `*`. */
export function isVersionRange(range: string): boolean {
  return range.trim() !== "" && semver.validRange(range) !== null;
}

/** Whether a version lies in the range; a pre-release only where the range names one, as npm does it. */
export function versionSatisfies(version: string, range: string): boolean {
  return semver.satisfies(version, range);
}
