/** The envelope of every event: CloudEvents 1.0, structured mode, JSON (https://github.com/cloudevents/spec). */

/** An event as it travels. Nothing in it is a value of personal data: consumers ask for what they may see. */
export interface MeshEvent<Data = unknown> {
  readonly specversion: "1.0";
  /** Together with `source` the event's identity: who has seen both has seen the event. */
  readonly id: string;
  /** `urn:mesh:{domain}:{product}` */
  readonly source: string;
  /** `io.datamesh.{domain}.{entity}.{what happened}.v{major}` */
  readonly type: string;
  /** What it is about, within the source. */
  readonly subject?: string;
  /** RFC 3339. */
  readonly time: string;
  readonly datacontenttype: "application/json";
  /** Extension: events with equal keys keep their order. */
  readonly partitionkey: string;
  /** Extension: W3C trace context. */
  readonly traceparent?: string;
  readonly data: Data;
}
