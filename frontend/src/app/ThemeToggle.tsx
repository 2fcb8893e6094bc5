import { ActionIcon, Menu, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { AutoIcon, CheckIcon, MoonIcon, SunIcon } from "@/components/icons";

/** Switches between light and dark; the menu beside it gives the choice back to the system. */
export function ThemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const shown = useComputedColorScheme("light");
  const next = shown === "dark" ? "light" : "dark";
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Switch to ${next} colours`}
        title={`Switch to ${next} colours`}
        data-testid="theme-toggle"
        onClick={() => setColorScheme(next)}
      >
        {shown === "dark" ? <SunIcon /> : <MoonIcon />}
      </ActionIcon>
      {colorScheme !== "auto" && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label="More about colours"
              title="More about colours"
            >
              <AutoIcon size={13} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<AutoIcon size={14} />} onClick={() => setColorScheme("auto")}>
              Follow the system
            </Menu.Item>
            <Menu.Item leftSection={<CheckIcon size={14} />} disabled>
              Chosen here: {colorScheme}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  );
}
