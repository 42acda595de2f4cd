/** In: policies and a supergraph. Out: per operation and caller, what is executed and what becomes of the answer. */

export { createGovern, type GovernOptions } from "./create-govern.ts";
export type { MaskedCoordinate } from "./masked-coordinates.ts";
