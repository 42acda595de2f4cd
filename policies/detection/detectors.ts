/** All detectors. Of several that agree on a column, the first one names it. */
import type { Detector } from "./detector.ts";
import { address } from "./detectors/address.ts";
import { birthdate } from "./detectors/birthdate.ts";
import { email } from "./detectors/email.ts";
import { geoPosition } from "./detectors/geo-position.ts";
import { iban } from "./detectors/iban.ts";
import { ipAddress } from "./detectors/ip-address.ts";
import { nationalId } from "./detectors/national-id.ts";
import { paymentCard } from "./detectors/payment-card.ts";
import { personName } from "./detectors/person-name.ts";
import { phone } from "./detectors/phone.ts";
import { taxId } from "./detectors/tax-id.ts";
import { usSsn } from "./detectors/us-ssn.ts";

export const detectors: readonly Detector[] = [
  email,
  iban,
  paymentCard,
  usSsn,
  nationalId,
  taxId,
  phone,
  ipAddress,
  birthdate,
  personName,
  address,
  geoPosition,
];
