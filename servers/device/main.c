/**
 * main.c - the device server: looks for what init wants in the device tree, writes it down and
 * ends.
 *
 * It holds the tree, one page that init reads when this has ended, and nothing else.
 */
#include "abi/devices.h"
#include "sdk/rt/component.h"
#include "servers/device/tree.h"

int component_main(const struct component_info *info)
{
    if (info->devices_address == 0)
        component_exit(1, "the manifest grants no device tree");
    if (info->tree_address == 0)
        component_exit(0, "this machine has no device tree");
    struct device_list *list = (struct device_list *)(uintptr_t)info->devices_address;
    const void *tree = (const void *)(uintptr_t)info->tree_address;
    if (tree_search(tree, info->tree_bytes, list) != OK)
        component_exit(0, "the device tree is no device tree");
    component_exit(0, "the list is complete");
}
