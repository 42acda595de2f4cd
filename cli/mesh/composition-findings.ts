import type { CompositionResult } from "#gateway";
import type { Finding } from "#schema";

/** What composition found, as findings on the configuration that brings the products together. */
export function compositionFindings(result: CompositionResult, file: string): readonly Finding[] {
  if (result.kind === "composed") return [];
  return result.errors.map(({ code, products, coordinate, reason, advice }): Finding => {
    const named = products.length === 0 ? "" : `${products.join(", ")}: `;
    return {
      level: "error",
      code: code.toLowerCase().replaceAll("_", "-"),
      message: `${named}${reason}${advice === undefined ? "" : `. ${advice}`}`,
      place: { file },
      ...(coordinate === undefined ? {} : { path: coordinate }),
    };
  });
}
