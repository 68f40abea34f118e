/* Cuts a text at every one of its lines, and looks at what comes out. */
#pragma once

#include <string>

/* What is wrong, or "". */
std::string cut_everywhere(const std::string &text);
