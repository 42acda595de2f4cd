/** In: policies and a supergraph. Out: per operation and caller, what may be read in which form. */

export { createGovern, type GovernOptions } from "./create-govern.ts";
export { type ExplainedOperation, type OpenGovernance, openGovernance } from "./open-governance.ts";
