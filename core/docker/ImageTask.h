// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/docker/ImageTypes.h"

#include <QObject>

namespace paddock::docker {

/// A pull or build under way. Owned by a unique_ptr; destroying it (or cancel()) ends the work in
/// the engine. finished() comes exactly once, last, from the event loop.
class ImageTask : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    /// Ends with ErrorKind::Cancelled.
    virtual void cancel() = 0;

Q_SIGNALS:
    void progress(const paddock::docker::ImageProgress &progress);
    /// The image, when it is there. A pull answers the id the engine has under the reference.
    void finished(const paddock::Result<paddock::ImageId> &result);
};

} // namespace paddock::docker
