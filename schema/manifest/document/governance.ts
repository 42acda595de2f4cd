import { z } from "zod";
import { classification, mask } from "./fields.ts";
import { anything, dateOrInstant, duration, kebabName, sqlName, text } from "./scalar-forms.ts";

type PiiEntry = {
  field: string;
  category?: string | undefined;
  mask?: z.output<typeof mask> | undefined;
};

type Retention = {
  period: string;
  field?: string | undefined;
  action?: "delete" | "anonymise" | "archive" | undefined;
  legalHold?: boolean | undefined;
};

/** Rules are judged by the policy reader, which knows their language. */
const rules = z.array(z.record(z.string(), anything));

export const governance = z
  .strictObject({
    pii: z
      .array(
        z.union([
          text.transform((name): PiiEntry => ({ field: name })),
          z.strictObject({
            field: text.meta({ description: "The column, `output.column` where several outputs have it." }),
            category: kebabName.optional().meta({ description: "Category of personal data." }),
            mask: mask.optional().meta({ description: "How it is masked." }),
          }),
        ]),
      )
      .optional()
      .meta({ description: "Columns with personal data; better said as `pii` at the column." }),
    notPersonal: z
      .array(
        z.strictObject({
          field: text.meta({ description: "The column, `output.column` where several outputs have it." }),
          reason: text.meta({ description: "Why it is nobody's data although it looks so." }),
        }),
      )
      .optional()
      .meta({ description: "Columns that look like personal data and are none." }),
    retention: z
      .union([
        duration.transform((period): Retention => ({ period })),
        z.strictObject({
          period: duration.meta({ description: "How long rows are kept." }),
          field: sqlName.optional().meta({ description: "Column that the age is measured on." }),
          action: z
            .enum(["delete", "anonymise", "archive"])
            .optional()
            .meta({ description: "What happens after.", default: "delete" }),
          legalHold: z.boolean().optional().meta({ description: "Kept all the same." }),
        }),
      ])
      .optional()
      .meta({ description: "How long rows are kept." }),
    compliance: z
      .array(kebabName)
      .optional()
      .meta({ description: "Regulations: `gdpr`, `ccpa`, `hipaa`, `pci-dss` … or your own." }),
    classification: classification
      .optional()
      .meta({ description: "Classification of columns that say none.", default: "internal" }),
    purposes: z.array(kebabName).optional().meta({ description: "Purposes the data may be read for." }),
    legalBasis: z
      .enum(["consent", "contract", "legal-obligation", "vital-interests", "public-task", "legitimate-interests"])
      .optional()
      .meta({ description: "Legal basis of the processing (GDPR article 6)." }),
    subjectKey: sqlName.optional().meta({ description: "Column that tells whose data a row holds; erasure needs it." }),
    residency: z.array(text).optional().meta({ description: "Where data may lie: ISO 3166 codes, `eu`." }),
    encryption: z
      .strictObject({
        atRest: text.optional().meta({ description: "Such as `AES-256-GCM`." }),
        inTransit: text.optional().meta({ description: "Such as `TLS1.3`." }),
        scope: z
          .enum(["product", "subject"])
          .optional()
          .meta({ description: "One key for the product or one for each subject." }),
      })
      .optional()
      .meta({ description: "How data are encrypted." }),
    masking: rules.optional().meta({ description: "Rules for masks." }),
    rowFilters: rules.optional().meta({ description: "Rules for rows." }),
    access: rules.optional().meta({ description: "Rules for access." }),
    policies: z
      .array(z.union([text, z.record(z.string(), anything)]))
      .optional()
      .meta({ description: "The product's own policies." }),
    waivers: z
      .array(
        z.strictObject({
          policy: text.meta({ description: "The policy." }),
          reason: text.meta({ description: "Why it does not hold here." }),
          approvedBy: text.optional().meta({ description: "Who agreed." }),
          expires: dateOrInstant.optional().meta({ description: "Until when." }),
        }),
      )
      .optional()
      .meta({ description: "Exceptions from policies." }),
  })
  .meta({ description: "Whose data these are and what may be done with them." });
