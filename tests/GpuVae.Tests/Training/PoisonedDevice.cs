using GpuVae.Cases;
using GpuVae.Kernels;

namespace GpuVae.Tests.Training;

/// <summary>A device one of whose updates at the end of a step leaves a NaN among what it updates.</summary>
/// <param name="inner">Does the operations.</param>
/// <param name="poisonedUpdate">Which of the updates, from 1.</param>
/// <param name="element">Which element of the parameters' buffer; the first one by default.</param>
internal sealed class PoisonedDevice(IDevice inner, int poisonedUpdate, long element = 0) : ForwardingDevice(inner)
{
    private int _updates;

    public override void Run<TOperation>(in TOperation operation)
    {
        Inner.Run(operation);
        if (typeof(TOperation) != typeof(EndStep) || ++_updates != poisonedUpdate)
            return;
        Operand parameters = operation.Operands.Last(operand => operand.Role == OperandRole.Update);
        Inner.Upload<float>([float.NaN], new View<float>((DeviceBuffer<float>)parameters.Buffer, element, 1, 1));
    }
}
