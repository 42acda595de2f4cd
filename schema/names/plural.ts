import pluralize from "pluralize";

/** English plural of a name's last word, the rest untouched: `orderLine` → `orderLines`, `category` → `categories`. */
export function pluralise(name: string): string {
  return onLastWord(name, (word) => pluralize.plural(word));
}

/** English singular of a name's last word: `customer_profiles` → `customer_profile`. */
export function singularise(name: string): string {
  return onLastWord(name, (word) => pluralize.singular(word));
}

// The library judges whole words: `salesPerson` must be asked about as `Person` to become `salesPeople`.
function onLastWord(name: string, change: (word: string) => string): string {
  const split = /^(.*?)([A-Z]?[a-z]+|[A-Z]+)$/s.exec(name);
  return split === null ? name : `${split[1] ?? ""}${change(split[2] ?? "")}`;
}
