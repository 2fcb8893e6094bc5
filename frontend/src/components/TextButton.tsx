import { UnstyledButton, type UnstyledButtonProps } from "@mantine/core";
import type { ComponentPropsWithoutRef } from "react";
import classes from "./TextButton.module.css";

interface TextButtonProps extends UnstyledButtonProps, Omit<ComponentPropsWithoutRef<"button">, "style"> {
  /** A link by its looks, or the name of something that opens. */
  look: "link" | "name";
}

/** Text that does something. */
export function TextButton({ look, ...button }: TextButtonProps) {
  return <UnstyledButton className={classes[look] ?? ""} {...button} />;
}
