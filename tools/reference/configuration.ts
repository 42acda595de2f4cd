import { z } from "zod";
import { meshDocument } from "../../cli/config/model.ts";
import { type JsonSchema, keyTable } from "./json-schema-keys.ts";
import { type Page, page } from "./page.ts";

/** Every key of `datamesh.yaml`. */
export function configurationPage(): Page {
  const schema = z.toJSONSchema(meshDocument, { io: "input" }) as JsonSchema;
  return page("configuration.md", "Configuration", "`cli/config/model.ts`", [
    "A mesh is configured by one document, `datamesh.yaml`. `datamesh` takes the one that `--config` names, else the " +
      "nearest one from the working directory upwards, else the example mesh's. Unknown keys are refused, with the " +
      "line and what was probably meant.",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what people write in the document.
    "`${NAME}` stands for an environment variable, `${NAME:-text}` for the text when the variable is not set. Durations " +
      "are written `500ms`, `30s`, `5m`, `1h`, `1d`; sizes `512kb`, `1mb`, `2gb`, in powers of 1024. Paths and globs are " +
      "relative to the document.",
    keyTable(schema),
  ]);
}
