/** A CEL expression → which attributes of a caller and of a coordinate its value can depend on. */
import type { ASTNode } from "@marcbachmann/cel-js";
import { variables } from "./environment.ts";

export interface Reads {
  /** Roles that it looks for by name; `all` when it looks at the list otherwise. */
  readonly roles: ReadonlySet<string> | "all";
  /** Further claims by name; `all` when the names are not known before. */
  readonly attributes: ReadonlySet<string> | "all";
  /** `principal.id`, `principal.kind`, `principal.purposes`, `purpose`, `context.time`, `resource.pii`, … */
  readonly others: ReadonlySet<string>;
}

/**
 * Guarantees that nothing is missing: what cannot be told from the text counts as read. A name that the expression binds
 * itself and that hides a variable counts as the variable.
 */
export function readsOf(ast: ASTNode): Reads {
  const roles = new Set<string>();
  const attributes = new Set<string>();
  const others = new Set<string>();
  let allRoles = false;
  let allAttributes = false;

  const add = (variable: string, attribute: string): void => {
    if (variable === "principal" && attribute === "roles") allRoles = true;
    else if (variable === "principal" && attribute === "attributes") allAttributes = true;
    else others.add(attribute === "" ? variable : `${variable}.${attribute}`);
  };

  const walk = (node: ASTNode): void => {
    if (node.op === "in" && textOf(node.args[0]) !== undefined && isMember(node.args[1], "principal", "roles")) {
      roles.add(textOf(node.args[0]) ?? "");
      return;
    }
    const attribute = selected(node);
    if (attribute !== undefined && isMember(attribute.of, "principal", "attributes")) {
      attributes.add(attribute.name);
      return;
    }
    if (attribute !== undefined && attribute.of.op === "id" && isVariable(attribute.of.args)) {
      add(attribute.of.args, attribute.name);
      return;
    }
    if (node.op === "id" && isVariable(node.args)) {
      const type = variables[node.args];
      for (const name of typeof type === "string" ? [""] : Object.keys(type)) add(node.args, name);
      return;
    }
    walkAll(node.args);
  };
  const walkAll = (args: unknown): void => {
    if (Array.isArray(args)) for (const arg of args) walkAll(arg);
    else if (typeof args === "object" && args !== null && "op" in args) walk(args as ASTNode);
  };
  walk(ast);
  return { roles: allRoles ? "all" : roles, attributes: allAttributes ? "all" : attributes, others };
}

/** Calls of a function or method with this name anywhere in the expression. */
export function calls(ast: ASTNode, name: string): boolean {
  const walk = (part: unknown): boolean => {
    if (Array.isArray(part)) return part.some(walk);
    if (typeof part !== "object" || part === null || !("op" in part)) return false;
    const node = part as ASTNode;
    return ((node.op === "call" || node.op === "rcall") && node.args[0] === name) || walk(node.args);
  };
  return walk(ast);
}

/** `of.name` and `of["name"]`. */
function selected(node: ASTNode): { readonly of: ASTNode; readonly name: string } | undefined {
  if (node.op === ".") return { of: node.args[0], name: node.args[1] };
  const name = node.op === "[]" ? textOf(node.args[1]) : undefined;
  return node.op === "[]" && name !== undefined ? { of: node.args[0], name } : undefined;
}

function isMember(node: ASTNode, variable: string, attribute: string): boolean {
  const member = selected(node);
  return member !== undefined && member.name === attribute && member.of.op === "id" && member.of.args === variable;
}

function isVariable(name: string): name is keyof typeof variables {
  return Object.hasOwn(variables, name);
}

function textOf(node: ASTNode): string | undefined {
  return node.op === "value" && typeof node.args === "string" ? node.args : undefined;
}
