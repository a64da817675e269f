using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Outside.Tests;

/// <summary>
/// y = s ⊙ (x − m): a layer with a learned scale s for each column, and a state that is saved but not learned, the running
/// mean m ← m + 0.1 (mean of the batch − m), which moves in training only. m counts as a constant on the way back.
/// </summary>
public sealed class RunningCenter : ILayer
{
    private IDevice? _device;
    private Parameter? _scale;     // s (N)
    private SavedState? _mean;     // m (N)
    private View<float> _momentum; // (1, 1), 0.1
    private View<float> _perRow;   // (rows, 1), 1/B
    private View<float> _sums;     // (1, N)
    private View<float> _centered; // (rows, N), x − m
    private View<float> _product;  // (rows, N)

    public Shape Build(Shape input, LayerBuilder builder)
    {
        _device = builder.Device;
        _scale = builder.Parameter("scale", [input.Size], fanIn: 1, fanOut: 1, start: 1);
        _mean = builder.State("running_mean", [input.Size]);
        _momentum = builder.Allocate(1, 1);
        _perRow = builder.Allocate(builder.Rows, 1);
        _sums = builder.Allocate(1, input.Size);
        _centered = builder.Allocate(builder.Rows, input.Size);
        _product = builder.Allocate(builder.Rows, input.Size);
        return input;
    }

    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        int rows = input.Rows;
        View<float> centered = _centered.RowRange(0, rows);
        if (context.IsTraining)
        {
            // The batch's mean is the sum of its columns, each row weighed by 1/B.
            _device!.Run(new Fill(1f / rows, _perRow));
            _device.Run(new Elementwise(ElementwiseFunction.Subtract, input, _mean!.Value, centered));
            _device.Run(new ScaleRows(_perRow.RowRange(0, rows), centered));
            _device.Run(new SumColumns(centered, _sums));
            _device.Run(new Fill(0.1f, _momentum));
            _device.Run(new AddScaledRows(_momentum, _sums, _mean.Value));
        }
        _device!.Run(new Elementwise(ElementwiseFunction.Subtract, input, _mean!.Value, centered));
        _device.Run(new Elementwise(ElementwiseFunction.Multiply, centered, _scale!.Value, output));
        _device.ApplyEpilogue(epilogue, output);
    }

    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        View<float> product = _product.RowRange(0, input.Rows), centered = _centered.RowRange(0, input.Rows);
        _device!.Run(new Elementwise(ElementwiseFunction.Multiply, outputGradient, centered, product));
        _device.Run(new SumColumns(product, _scale!.Gradient));
        if (inputGradient.IsEmpty)
            return;
        _device.Run(new Elementwise(ElementwiseFunction.Multiply, outputGradient, _scale.Value, inputGradient));
        _device.ApplyEpilogue(epilogue, inputGradient);
    }
}
