#include "core/facade/Facade.h"
int main(){ auto p = paddock::XdgPaths::fromEnvironment(); auto f = paddock::facade::Facade::create(*p); return f ? 0 : 1; }
