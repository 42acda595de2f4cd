/**
 * A histogram with one label whose observations are two additions: prom-client's names and checks the labels each time, which
 * is a fortieth of what a kept answer costs. To a registry it is a histogram like any other.
 */
import type { Metric, MetricObjectWithValues, MetricValueWithName, Registry } from "prom-client";

interface Tally {
  /** By bucket, each value in its first one; the last is for what is above all bounds. */
  readonly counts: number[];
  sum: number;
}

export interface TalliedHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly labelName: string;
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
  readonly registry: Registry;
}

export class TalliedHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = "histogram";
  readonly aggregator = "sum";
  readonly labelNames: readonly string[];
  readonly #bounds: readonly number[];
  readonly #tallies = new Map<string, Tally>();

  constructor({ name, help, labelName, buckets, registry }: TalliedHistogramOptions) {
    this.name = name;
    this.help = help;
    this.labelNames = [labelName];
    this.#bounds = buckets;
    // What a registry asks of a metric is `name`, `get` and `reset`.
    registry.registerMetric(this as unknown as Metric);
  }

  /** Hot: once per request. `label`: one of few. */
  observe(label: string, value: number): void {
    let tally = this.#tallies.get(label);
    if (tally === undefined) {
      tally = { counts: Array.from({ length: this.#bounds.length + 1 }, () => 0), sum: 0 };
      this.#tallies.set(label, tally);
    }
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] ?? 0)) bucket++;
    tally.counts[bucket] = (tally.counts[bucket] ?? 0) + 1;
    tally.sum += value;
  }

  get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const { name, help, type, aggregator } = this;
    const values = [...this.#tallies].flatMap(([label, tally]) => this.#valuesOf(label, tally));
    // prom-client's declaration has the enumeration, its registries the word.
    const metric = { name, help, type, aggregator, values } as unknown;
    return Promise.resolve(metric as MetricObjectWithValues<MetricValueWithName<string>>);
  }

  reset(): void {
    this.#tallies.clear();
  }

  #valuesOf(label: string, { counts, sum }: Tally): readonly MetricValueWithName<string>[] {
    const labels = Object.fromEntries(this.labelNames.map((name) => [name, label]));
    let count = 0;
    const buckets = [...this.#bounds, "+Inf"].map((le, index) => {
      count += counts[index] ?? 0;
      return { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}
