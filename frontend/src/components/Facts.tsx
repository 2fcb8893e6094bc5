import type { ReactNode } from "react";
import classes from "./Facts.module.css";

interface FactsProps {
  /** One after the other in few lines, below each other, or in as many columns as there is room for. */
  layout: "line" | "list" | "columns";
  testId?: string;
  children: ReactNode;
}

/** What is known about an object, each fact under its name. */
export function Facts({ layout, testId, children }: FactsProps) {
  return (
    <dl className={classes.facts} data-layout={layout} data-testid={testId}>
      {children}
    </dl>
  );
}

/** One of them. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
