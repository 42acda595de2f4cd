/** Tells the log what went wrong at subgraphs: once for each request that failed, once for each that answered errors. */
import type { Logger } from "../../observability/logger.ts";
import { SubgraphFailure } from "../../transport/subgraph-failure.ts";
import { reportErrors, reportFailedFetch } from "../report-fetch.ts";
import type { ProgramRequest } from "./program.ts";
import type { SubgraphProblem } from "./subgraph-problem.ts";

export function reportProblems(logger: Logger, problems: readonly SubgraphProblem[]): void {
  const codesByRequest = new Map<ProgramRequest, unknown[]>();
  for (const problem of problems) {
    const { subgraph } = problem.request;
    if (problem.kind === "failed") {
      const { cause } = problem;
      const failure = cause instanceof SubgraphFailure ? cause : new SubgraphFailure(subgraph, "internal", { cause });
      reportFailedFetch(logger, failure);
    } else {
      const codes = codesByRequest.get(problem.request) ?? [];
      codesByRequest.set(problem.request, codes);
      codes.push(problem.error.extensions?.code);
    }
  }
  for (const [{ subgraph }, codes] of codesByRequest) reportErrors(logger, subgraph, codes);
}
