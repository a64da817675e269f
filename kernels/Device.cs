namespace GpuVae.Kernels;

/// <summary>A device that was asked for and cannot be used; the message is for the person who asked.</summary>
public sealed class DeviceException : Exception
{
    /// <summary>Says what is wrong and what there is instead.</summary>
    public DeviceException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong and keeps the cause.</summary>
    public DeviceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a message.</summary>
    public DeviceException()
    {
    }
}

/// <summary>A device that can be opened.</summary>
/// <param name="Name">The name to open it with.</param>
/// <param name="Description">What it is.</param>
/// <param name="Memory">Its memory in bytes.</param>
public sealed record DeviceInfo(string Name, string Description, long Memory);
