/**
 * Mask + leaf type → the function that masks one value: the technique with its parameters and, where it needs one, the key
 * of the mask's separation.
 *
 * Masks with a key are looked up by value before they are computed, because an answer repeats its values; the key is
 * derived once, and once more when the ring has changed, so a rotation holds from the next value on. Without a key
 * everything is redacted. Functions are shared: all programs with one mask of one field have one, and one memory.
 */
import { LRUCache } from "lru-cache";
import type { Mask } from "../decision.ts";
import type { MaskSetup } from "./mask-setup.ts";
import { redactorOf } from "./redact.ts";
import { createRemembered } from "./remembered.ts";
import type { KeyedTechnique, Leaf, MaskUse } from "./technique.ts";
import { techniques } from "./techniques.ts";

type ValueMask = (value: unknown) => unknown;

const rememberedValues = 10_000;
/** Longer texts are masked each time: they are seldom equal and would fill the memory. */
const longestRemembered = 200;
/** Fields times masks times purposes. */
const sharedMasks = 2_000;

const sharedBySetup = new WeakMap<MaskSetup, LRUCache<string, ValueMask>>();

/** `coordinate` is the masked field, empty when it is not known. The function never gets null and never throws. */
export function compileTechnique(mask: Mask, leaf: Leaf, setup: MaskSetup, coordinate: string): ValueMask {
  const technique = techniques[mask.technique];
  const { parameters = {}, separation = "" } = mask;
  const use: MaskUse = { ...setup, parameters, coordinate };
  if (technique.keyed === undefined) return technique.compile(leaf, use);
  let shared = sharedBySetup.get(setup);
  if (shared === undefined) {
    shared = new LRUCache({ max: sharedMasks });
    sharedBySetup.set(setup, shared);
  }
  const name = JSON.stringify([mask.technique, Object.entries(parameters).sort(), separation, leaf, coordinate]);
  let compiled = shared.get(name);
  if (compiled === undefined) {
    compiled = compileKeyed(technique, leaf, setup, use, separation);
    shared.set(name, compiled);
  }
  return compiled;
}

function compileKeyed(
  technique: KeyedTechnique,
  leaf: Leaf,
  { keys, report }: MaskSetup,
  use: MaskUse,
  separation: string,
): ValueMask {
  const redact = redactorOf(leaf);
  const withoutKey: ValueMask = (value) => {
    report(`There is no key for masks by ${technique.name}: they redact. \`datamesh keys rotate\` makes one.`);
    return redact(value);
  };
  if (keys === undefined) return withoutKey;
  const repeats = technique.repeats?.(use.parameters) ?? true;
  const remembered = createRemembered(rememberedValues);
  let generation = -1;
  let apply = withoutKey;

  function renew(ring: NonNullable<typeof keys>): void {
    generation = ring.generation;
    remembered.clear();
    const key = ring.current(technique.keyed, separation);
    apply = key === undefined ? withoutKey : technique.compile(leaf, { ...use, key });
  }

  return (value) => {
    if (keys.generation !== generation) renew(keys);
    const isRemembered =
      repeats && (typeof value === "string" ? value.length <= longestRemembered : typeof value === "number");
    if (!isRemembered) return apply(value);
    // The condition above narrows to these.
    const known = remembered.get(value as string | number);
    if (known !== undefined) return known;
    const masked = apply(value);
    if (apply !== withoutKey) remembered.set(value as string | number, masked);
    return masked;
  };
}
